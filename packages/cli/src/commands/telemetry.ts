// fairlead telemetry: prints the dashboard for Grafana and the rules for Prometheus.

import type { Command } from "commander";
import type { Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  fairlead telemetry dashboard > fairlead.json       import it in Grafana: Dashboards, New, Import
  fairlead telemetry rules > fairlead.rules.yml      name it under rule_files in prometheus.yml`;

/** Adds the command. */
export function telemetryCommand(program: Command, terminal: Terminal): void {
  const telemetry = program
    .command("telemetry")
    .summary("print a Grafana dashboard or Prometheus rules")
    .description("Prints what Grafana and Prometheus need to watch a gateway.")
    .usage("dashboard|rules")
    .addHelpText("after", EXAMPLES);
  telemetry
    .command("dashboard")
    .description("Prints the dashboard for Grafana as JSON.")
    .action(async () => {
      const { grafanaDashboard } = await import("@fairlead/gateway");
      terminal.out.write(`${JSON.stringify(grafanaDashboard(), undefined, 2)}\n`);
    });
  telemetry
    .command("rules")
    .description("Prints recording and alerting rules for Prometheus as YAML.")
    .action(async () => {
      const { printPrometheusRules } = await import("@fairlead/gateway");
      terminal.out.write(printPrometheusRules());
    });
}
