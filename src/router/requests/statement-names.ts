// Which text was last sent under which name. pg sends a statement by its name alone where the connection has prepared
// it; here any connection may serve it, so its text goes with it. Invariant: memory has a bound. Not here: what is
// prepared where (pg knows that of each connection).
import {Generations} from '../statements/generations.ts'
import type {Call} from './call.ts'

const namesMax = 1_000
const bytesMax = 1_024 * 1_024

export class StatementNames {
  readonly #texts = new Generations<string>(namesMax, bytesMax)

  readonly textOf = (name: string): string | undefined => this.#texts.get(name)

  note({statement}: Call): void {
    if (typeof statement === 'string' || statement.name === undefined) return
    const {name, text} = statement
    if (typeof text === 'string' && text !== '' && this.#texts.get(name) !== text) this.#texts.set(name, text)
  }
}
