// A browser as far as sign-in needs one: cookies by origin, redirects, forms.

/** What a page came to. */
export interface Visited {
  readonly url: string;
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** Keeps cookies and follows redirects. */
export class Browser {
  readonly #jars = new Map<string, Map<string, string>>();

  cookies(origin: string): ReadonlyMap<string, string> {
    return this.#jars.get(origin) ?? new Map();
  }

  set(origin: string, name: string, value: string): void {
    const jar = this.#jars.get(origin) ?? new Map<string, string>();
    jar.set(name, value);
    this.#jars.set(origin, jar);
  }

  /** Goes there, and on to wherever it is sent; `stop` ends at the first address that begins so, unvisited. */
  async go(
    url: string,
    options: {
      readonly form?: { readonly [name: string]: string };
      readonly stop?: string;
      readonly language?: string;
    } = {},
  ): Promise<Visited> {
    let at = url;
    let form = options.form;
    for (let hops = 0; hops < 20; hops++) {
      const { origin } = new URL(at);
      const cookie = [...this.cookies(origin)].map(([name, value]) => `${name}=${value}`).join("; ");
      const answer = await fetch(at, {
        redirect: "manual",
        method: form === undefined ? "GET" : "POST",
        headers: {
          ...(cookie === "" ? {} : { cookie }),
          ...(options.language === undefined ? {} : { "accept-language": options.language }),
          ...(form === undefined ? {} : { origin, "content-type": "application/x-www-form-urlencoded" }),
        },
        ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
      });
      for (const line of answer.headers.getSetCookie()) this.#keep(origin, line);
      const location = answer.headers.get("location");
      const text = await answer.text();
      if (location === null) return { url: at, status: answer.status, text, headers: answer.headers };
      at = new URL(location, at).href;
      form = undefined;
      if (options.stop !== undefined && at.startsWith(options.stop)) {
        return { url: at, status: answer.status, text: "", headers: answer.headers };
      }
    }
    throw new Error("too many redirects");
  }

  #keep(origin: string, line: string): void {
    const [pair = "", ...attributes] = line.split(";");
    const equals = pair.indexOf("=");
    const ended = attributes.some((one) => /^\s*max-age=0$/i.test(one) || /^\s*expires=Thu, 01 Jan 1970/i.test(one));
    if (ended) this.#jars.get(origin)?.delete(pair.slice(0, equals));
    else this.set(origin, pair.slice(0, equals), pair.slice(equals + 1));
  }
}
