// Carries TCP connections on to another address, byte for byte (one argument: JSON).

import { connect, createServer } from "node:net";

/** Where it listens, where it carries to. */
interface RelayConfig {
  readonly address: string;
  readonly port: number;
  readonly to: string;
  readonly toPort: number;
}

function main(config: RelayConfig): void {
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ host: config.to, port: config.toPort, allowHalfOpen: true });
    near.on("error", () => far.destroy());
    far.on("error", () => near.destroy());
    near.pipe(far).pipe(near);
  });
  server.listen(config.port, config.address, () => console.log("ready"));
}

main(JSON.parse(process.argv[2] ?? "") as RelayConfig);
