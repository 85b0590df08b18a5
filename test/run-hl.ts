// Runs hl as a person's shell does: a real process, its streams and its exit code. For tests only.
import {spawn} from 'node:child_process'
import {fileURLToPath} from 'node:url'

const entry = fileURLToPath(new URL('../bin/hl.js', import.meta.url))

export interface Finished {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly pid: number
  readonly finished: Promise<Finished>
  /** Resolves when stderr or stdout has said it; rejects at the end of the process or after `withinMs`. */
  saw(text: string | RegExp, withinMs: number): Promise<void>
  kill(signal: NodeJS.Signals): void
}

export interface HlOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Nobody reads stderr any more, as after `hl … 2>&1 | head`. */
  readonly readerGone?: boolean
}

/** Starts `hl` with the words of a command line. */
export function startHl(words: readonly string[], {cwd, env = {}, readerGone = false}: HlOptions = {}): Running {
  const child = spawn(process.execPath, [entry, ...words], {
    cwd,
    env: {...process.env, CI: '1', NO_COLOR: '1', ...env},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (readerGone) child.stderr.destroy()
  let stdout = ''
  let stderr = ''
  const listeners = new Set<() => void>()
  const told = (): void => {
    for (const listener of listeners) listener()
  }
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
    told()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
    told()
  })
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', exitCode => resolve({exitCode, stdout, stderr}))
  })
  return {
    pid: child.pid ?? -1,
    finished,
    kill: signal => void child.kill(signal),
    saw: (text, withinMs) =>
      new Promise((resolve, reject) => {
        const end = (settle: () => void): void => {
          clearTimeout(timer)
          listeners.delete(look)
          settle()
        }
        const look = (): void => {
          const all = stdout + stderr
          if (typeof text === 'string' ? all.includes(text) : text.test(all)) end(resolve)
        }
        const timer = setTimeout(
          () =>
            end(() =>
              reject(
                new Error(
                  `hl ${words.join(' ')} did not say ${String(text)} within ${withinMs} ms; it said:\n${stdout}${stderr}`,
                ),
              ),
            ),
          withinMs,
        )
        listeners.add(look)
        void finished.then(() => {
          look()
          end(() => reject(new Error(`hl ended without saying ${String(text)}:\n${stdout}${stderr}`)))
        })
        look()
      }),
  }
}

/** Runs `hl` to its end. */
export async function runHl(words: readonly string[], options: HlOptions = {}): Promise<Finished> {
  return startHl(words, options).finished
}
