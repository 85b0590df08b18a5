// A temporary folder of one test or of one file of tests, which goes with it. For tests only. Not here: the folder in
// which a lab's runs lie, which stays where a test failed (e2e/use-lab.ts).
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {onTestFinished} from 'vitest'

/**
 * Made now, and removed after the test that runs now, or `after` all of a file's: `afterAll`, outside of tests and in
 * tests that run side by side, for which vitest does not know which one runs now.
 */
export function temporaryFolder(name: string, after: (remove: () => void) => void = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), `hl-${name}-`))
  after(() => {
    try {
      rmSync(folder, {recursive: true, force: true})
    } catch {
      // A file of another owner, as containers leave them, stays: that is no failure of the test.
    }
  })
  return folder
}
