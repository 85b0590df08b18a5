// A session that stays: psql inside of a node, fed statement by statement, so that transactions may be left open while
// others go on. For tests only. Invariant: a statement that waits is an error after a while, never a test that hangs.
import {spawn, type ChildProcess} from 'node:child_process'

const answerMs = 60_000

export class PsqlSession {
  readonly #child: ChildProcess
  readonly #what: string
  #said = ''
  #count = 0
  #look: (() => void) | null = null
  #ended = false

  constructor(container: string, database: string) {
    this.#what = `psql in ${container}, database ${database}`
    const argv = ['exec', '-i', '-u', 'postgres', container, 'sh', '-c', 'exec psql -XAtq -d "$1" 2>&1', 'sh', database]
    this.#child = spawn('docker', argv, {stdio: ['pipe', 'pipe', 'pipe']})
    const hear = (chunk: Buffer): void => {
      this.#said += chunk.toString()
      this.#look?.()
    }
    this.#child.stdout?.on('data', hear)
    this.#child.stderr?.on('data', hear)
    // It goes with its server, or its container.
    this.#child.stdin?.on('error', () => undefined)
    this.#child.on('error', () => this.#end())
    this.#child.on('close', () => this.#end())
  }

  /** What the statements printed, errors too. Rejects when the session ends meanwhile. */
  async send(sql: readonly string[]): Promise<string> {
    this.#count += 1
    const mark = `@@${this.#count}@@`
    this.#said = ''
    this.#child.stdin?.write(`${sql.map(one => `${one.replace(/;\s*$/, '')};\n`).join('')}\\echo ${mark}\n`)
    return new Promise((resolve, reject) => {
      const settle = (done: () => void): void => {
        clearTimeout(timer)
        this.#look = null
        done()
      }
      const timer = setTimeout(
        () => settle(() => reject(new Error(`${this.#what} waits at: ${sql.join('; ')}\n${this.#said}`))),
        answerMs,
      )
      this.#look = () => {
        const at = this.#said.indexOf(mark)
        if (at >= 0) settle(() => resolve(this.#said.slice(0, at)))
        else if (this.#ended)
          settle(() => reject(new Error(`${this.#what} ended at: ${sql.join('; ')}\n${this.#said}`)))
      }
      this.#look()
    })
  }

  async close(): Promise<void> {
    if (this.#ended) return
    const ended = new Promise(resolve => this.#child.on('close', resolve))
    this.#child.stdin?.end()
    this.#child.kill()
    await ended
  }

  #end(): void {
    this.#ended = true
    this.#look?.()
  }
}
