// Tells at the end of a run which tests took longest. Not here: the lines (slowest-tests.ts).
import {relative} from 'node:path'
import type {Reporter, TestCase, TestModule, Vitest} from 'vitest/node'
import {slowestLines, type TestDuration} from './slowest-tests.ts'

export default class SlowestReporter implements Reporter {
  #vitest: Vitest | null = null

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const root = this.#vitest?.config.root ?? process.cwd()
    const durationOf = (test: TestCase): TestDuration => ({
      project: test.project.name,
      file: relative(root, test.module.moduleId),
      name: test.fullName,
      ms: test.diagnostic()?.duration ?? 0,
    })
    const tests = modules.flatMap(module => [...module.children.allTests()].map(durationOf))
    const files = modules.map(module => ({project: module.project.name, ms: module.diagnostic().duration}))
    this.#vitest?.logger.log(`\n${slowestLines(tests, files).join('\n')}`)
  }
}
