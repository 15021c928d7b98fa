// Loads a client that the tests drive, and says what to do when it is not installed.

/** What to do when a client is missing. */
export const INSTALL =
  "The clients that this test drives are not installed. Run: npm ci --prefix tests/clients --ignore-scripts";

/** Runs an import of a client. Rejects with the sentence that names the command when the package is not there. */
export async function installed<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (e) {
    const { code, message } = e as NodeJS.ErrnoException;
    const missing =
      code === "ERR_MODULE_NOT_FOUND" || /Failed to (load|resolve)|Cannot find (package|module)/.test(message);
    if (!missing) throw e;
    throw new Error(`${INSTALL}\n(${message})`, { cause: e });
  }
}
