// The gateway alone in a process, from source: what the command `fairlead gateway -c FILE` runs, without the command line.
import { loadConfig, startGateway } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";

const file = process.argv[2];
if (file === undefined) throw new Error("usage: gateway-process.ts CONFIG_FILE");
const { config } = loadConfig(file, process.env);
const gateway = await startGateway(config, systemRuntime(), { log: (text) => process.stdout.write(text) });
process.once("SIGTERM", () => {
  // An explicit exit writes the CPU profile even when some handle is still open.
  void gateway.drain().then(() => process.exit(0));
});
