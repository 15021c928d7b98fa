// A vitest reporter that writes what ran, failed and was skipped (with reasons) to the file in FAIRLEAD_TEST_COUNT.
import { writeFileSync } from "node:fs";
import { relative } from "node:path";

/** Counts each test once; a file or suite that broke outside its tests is an error of its own. */
export default class CountReporter {
  onTestRunEnd(modules, unhandled) {
    const count = { passed: 0, failed: 0, skipped: [], errors: unhandled.map((error) => firstLine(error)) };
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId);
      for (const error of module.errors()) count.errors.push(`${file}: ${firstLine(error)}`);
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors()) count.errors.push(`${file} > ${suite.fullName}: ${firstLine(error)}`);
      }
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        if (state === "passed") count.passed += 1;
        else if (state === "failed") count.failed += 1;
        else
          count.skipped.push({
            file,
            name: test.fullName,
            reason: note ?? (test.options.mode === "todo" ? "todo" : undefined),
          });
      }
    }
    writeFileSync(process.env.FAIRLEAD_TEST_COUNT, JSON.stringify(count));
  }
}

function firstLine(error) {
  return String(error.message ?? error).split("\n")[0];
}
