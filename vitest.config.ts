// Five projects, the first four of which npm test runs one after the other: unit (beside the source, no Docker, under a
// minute), integration (whole processes, the package, the router on real servers), e2e (whole labs), e2e-timed (whole
// labs whose times are judged, alone), e2e-nightly (what does not fit). Unit tests share their modules, which halves
// their time: none may replace one (vi.mock) or leave global state behind. Not here: which files
// (test/suite/suite-projects.ts).
import {defineConfig} from 'vitest/config'
import {LongestFirst} from './test/suite/longest-first.ts'
import {projectFiles, workersOf} from './test/suite/suite-projects.ts'

/** Its own name is on all that a run makes in Docker, and nothing with it may be left. */
const leavesNothing = {
  globalSetup: ['test/suite/nothing-left.ts'],
  // What is waited for comes or does not; that it comes within a second is no claim of a test.
  expect: {poll: {timeout: 20_000}},
}

export default defineConfig({
  test: {
    retry: 0,
    reporters: ['default', './test/suite/slowest-reporter.ts'],
    sequence: {sequencer: LongestFirst},
    projects: [
      {
        test: {
          name: 'unit',
          include: [...projectFiles.unit],
          // A property test takes a second or two on a quiet host; a busy one is no failure.
          testTimeout: 30_000,
          pool: 'threads',
          isolate: false,
          sequence: {groupOrder: 0},
        },
      },
      {
        test: {
          name: 'integration',
          include: [...projectFiles.integration],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          maxWorkers: workersOf.integration,
          sequence: {groupOrder: 1},
          ...leavesNothing,
        },
      },
      {
        test: {
          name: 'e2e',
          include: [...projectFiles.e2e],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: workersOf.e2e,
          sequence: {groupOrder: 2},
          ...leavesNothing,
        },
      },
      {
        test: {
          name: 'e2e-timed',
          include: [...projectFiles['e2e-timed']],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: workersOf['e2e-timed'],
          fileParallelism: false,
          sequence: {groupOrder: 3},
          ...leavesNothing,
        },
      },
      {
        test: {
          name: 'e2e-nightly',
          include: [...projectFiles['e2e-nightly']],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: workersOf['e2e-nightly'],
          fileParallelism: false,
          sequence: {groupOrder: 4},
          ...leavesNothing,
        },
      },
    ],
  },
})
