#!/usr/bin/env node
// The fairlead command: starts the compiled program.
import { main } from "../dist/main.js";

process.exitCode = await main(process.argv.slice(2));
