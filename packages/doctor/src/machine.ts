// The machine that the doctor examines, as far as it may look: so that a test can put another in its place.

/** What a started program said. */
export interface Ran {
  /** Exit code; null when it was killed, at the time limit for instance. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The machine. Everything the doctor reads that is not the network. */
export interface Machine {
  readonly platform: "linux" | "darwin" | "win32";
  /** True in WSL, in a container: both change what the right fix is. */
  readonly wsl: boolean;
  readonly container: boolean;
  readonly env: { readonly [name: string]: string | undefined };
  readonly home: string;
  readonly cwd: string;
  /** Name of the user, to be masked in reports. */
  readonly user: string;
  readonly hostname: string;
  /** Shell that the user's commands are for. */
  readonly shell: "sh" | "fish" | "powershell" | "cmd";
  /** Version of the Node that runs the doctor, such as 24.21.0. */
  readonly nodeVersion: string;
  /** Text of a file, at most 1 MB; undefined when it cannot be read. `error` of `statOf` says why. */
  readText(path: string): string | undefined;
  readBytes(path: string): Uint8Array | undefined;
  /** What is at a path. `error` is Node's code (ENOENT, EACCES…) when it cannot be opened for reading. */
  statOf(
    path: string,
  ): { readonly kind: "file" | "folder" | "other"; readonly bytes: number } | { readonly error: string };
  /** False when the system would not run the file at that path as a program. */
  readonly canRun?: (path: string) => boolean;
  list(folder: string): readonly string[];
  /** Absolute path of a command on the PATH. */
  findCommand(name: string): string | undefined;
  /** Roots of the operating system's store, PEM, as this Node reads them; absent on Nodes that cannot. May take a while. */
  readonly systemRoots?: () => readonly string[];
  /** Runs a program without a shell; undefined when it cannot be started. No secret may be among its arguments. */
  run(
    command: string,
    args: readonly string[],
    timeoutMs: number,
    env?: { readonly [name: string]: string },
  ): Promise<Ran | undefined>;
}
