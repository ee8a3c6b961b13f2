// A vitest reporter that prints the ten slowest test files and the total of all, as vitest measured them.
const MAX_FILES = 10;

export default class SlowestFilesReporter {
  #vitest;

  onInit(vitest) {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules) {
    const files = modules.map((module) => ({ name: module.relativeModuleId, ms: timeOf(module) }));
    const slowest = files.toSorted((a, b) => b.ms - a.ms).slice(0, MAX_FILES);
    const total = files.reduce((sum, { ms }) => sum + ms, 0);
    const lines = [
      "Slowest test files",
      ...slowest.map(({ name, ms }) => `  ${seconds(ms)}  ${name}`),
      `  ${seconds(total)}  total, ${files.length} ${files.length === 1 ? "file" : "files"}`,
    ];
    this.#vitest.logger.log(`${lines.join("\n")}\n`);
  }
}

/** Milliseconds spent on a file: imports, setup, hooks and tests. */
function timeOf(module) {
  const { environmentSetupDuration, prepareDuration, collectDuration, setupDuration, duration } = module.diagnostic();
  return environmentSetupDuration + prepareDuration + collectDuration + setupDuration + duration;
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1).padStart(7)} s`;
}
