// Asks before data is destroyed: the person types the lab's name, or passes it by flag. Invariant: without a terminal nothing is asked and nothing goes on.
// Errors: CONFIRMATION_MISSING.
import {createInterface} from 'node:readline/promises'
import {HlError} from '../../src/model/errors.ts'

export interface Confirmation {
  readonly lab: string
  /** What will be gone, one sentence. */
  readonly destroys: string
  /** From --confirm. */
  readonly given: string | undefined
  /** False with --no-input. */
  readonly mayAsk: boolean
}

export interface Terminal {
  readonly input: NodeJS.ReadableStream & {readonly isTTY?: boolean}
  readonly output: NodeJS.WritableStream & {readonly isTTY?: boolean}
}

/** Resolves when the name was given, by flag or by hand; throws CONFIRMATION_MISSING otherwise. Asks on `output`, which must be stderr. */
export async function confirmByName(confirmation: Confirmation, terminal: Terminal): Promise<void> {
  const {lab, destroys, given} = confirmation
  if (given !== undefined) {
    check(given, lab)
    return
  }
  if (!confirmation.mayAsk || terminal.input.isTTY !== true || terminal.output.isTTY !== true) throw missing(`${destroys}: this needs a confirmation, and there is no terminal to ask on`, lab)
  const lines = createInterface({input: terminal.input, output: terminal.output})
  const stop = new AbortController()
  // Ctrl-C and Ctrl-D close the interface and would leave the question pending for ever.
  lines.once('close', () => stop.abort())
  try {
    check((await lines.question(`${destroys}\nType the lab's name to go on, or pass --confirm ${lab}: `, {signal: stop.signal})).trim(), lab)
  } catch (error) {
    throw error instanceof HlError ? error : missing('no name was typed', lab)
  } finally {
    lines.close()
  }
}

function check(typed: string, lab: string): void {
  if (typed !== lab) throw missing(`"${typed}" is not the name of the lab`, lab)
}

function missing(message: string, lab: string): HlError {
  return new HlError('CONFIRMATION_MISSING', message, {next: [`pass --confirm ${lab}`, '--dry-run shows what would happen']})
}
