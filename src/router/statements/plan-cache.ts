// The plan of a statement, from memory or by looking at it. Invariants: planOf never throws, and answers at once; what
// was decided with less knowledge (without the parser, with another catalogue) is forgotten when more is there; what a
// standby taught is not, but holds for a while only; memory has a bound. Not here: what a plan is used for (the
// router), and how a text is looked at (classify-by-parser.ts, classify-by-words.ts).
import {nowMs} from '../time/deadline.ts'
import {classifyByParser} from './classify-by-parser.ts'
import {classifyByWords} from './classify-by-words.ts'
import {learnedPlan, planOfVerdict} from './decide-plan.ts'
import {builtInCatalogue, type FunctionCatalogue} from './function-catalogue.ts'
import {Generations} from './generations.ts'
import {loadLibpgQuery, type Parse} from './load-parser.ts'
import type {StatementPlan} from './statement-plan.ts'
import {hintOf, statementKey, withoutHint} from './statement-key.ts'
import {notUnderstood, type Verdict} from './verdict.ts'

export interface PlanCacheOptions {
  /** This many texts, the last used, are surely remembered; up to twice as many are held. Default 4,000. */
  readonly entriesMax?: number
  /** The same for the memory of their characters, two bytes each. Default 4 MiB. */
  readonly bytesMax?: number
  /**
   * Longer texts are looked at each time they come, and by their words only: to parse them would hold up everything
   * else. Default 65,536 characters.
   */
  readonly textLengthMax?: number
  /** Statements that standbys refused; the oldest is forgotten for a new one. Default 4,000. */
  readonly learnedMax?: number
  /** How long what a standby taught holds: what it refused may have changed since. Default 1 minute. */
  readonly learnedForMs?: number
  /** Monotonic ms. */
  readonly now?: () => number
}

/** Of texts with something around the statement, how many are remembered to see whether they come again. */
const seenSlots = 64

/**
 * A parser that ran out of its stack loses a part of it each time; libpg-query 18.1 was found dead after 34 times, and
 * right until then.
 */
const crashesMax = 8

export class PlanCache {
  readonly #textLengthMax: number
  readonly #learnedMax: number
  readonly #plans: Generations<StatementPlan>
  readonly #learnedForMs: number
  readonly #now: () => number
  /** By keys without hints: what a standby refuses it refuses whatever its caller hopes. */
  readonly #learned = new Map<string, {readonly sqlState: string; readonly untilMs: number}>()
  #catalogue: FunctionCatalogue = builtInCatalogue
  #parse: Parse | null = null
  #crashes = 0
  /** The last text of each slot. */
  readonly #seen: string[] = new Array<string>(seenSlots).fill('')

  constructor(options: PlanCacheOptions = {}) {
    this.#textLengthMax = options.textLengthMax ?? 65_536
    this.#learnedMax = options.learnedMax ?? 4_000
    this.#learnedForMs = options.learnedForMs ?? 60_000
    this.#now = options.now ?? nowMs
    this.#plans = new Generations(options.entriesMax ?? 4_000, options.bytesMax ?? 4 * 1_024 * 1_024)
  }

  /**
   * Never throws. A text that was seen before costs one look-up; one with a comment that changes from call to call two,
   * and a search for its ends.
   */
  planOf(text: string): StatementPlan {
    const known = this.#plans.get(text)
    return known === undefined || known.by === 'learned' ? this.#unseen(text) : known
  }

  /**
   * A standby refused the text with this SQLSTATE, and the primary served it: it goes there for a while, also with
   * another comment, hint, catalogue or parser. Only a read can turn out to be something else.
   */
  learn(text: string, sqlState: string): void {
    const before = this.planOf(text)
    if (before.kind !== 'read' || text.length > this.#textLengthMax) return
    const key = statementKey(text)
    const statement = withoutHint(key)
    const [oldest] = this.#learned.keys()
    if (this.#learned.size >= this.#learnedMax && oldest !== undefined) this.#learned.delete(oldest)
    this.#learned.delete(statement)
    this.#learned.set(detached(statement), {sqlState, untilMs: this.#now() + this.#learnedForMs})
    this.#plans.set(detached(key), learnedPlan(before, sqlState))
    // The text itself may be remembered with what it was before.
    if (key !== text && this.#plans.get(text) !== undefined) this.#plans.set(text, learnedPlan(before, sqlState))
  }

  /** From now on this is what functions are judged by. */
  use(catalogue: FunctionCatalogue): void {
    this.#catalogue = catalogue
    this.#plans.clear()
  }

  /** From now on texts are parsed, not read by their words. */
  useParser(parse: Parse): void {
    this.#parse = parse
    this.#crashes = 0
    this.#plans.clear()
  }

  /** Loads libpg-query. False when it is not installed or does not start; texts are read by their words then. */
  async loadParser(): Promise<boolean> {
    if (this.#parse !== null) return true
    const parse = await loadLibpgQuery()
    if (parse !== null) this.useParser(parse)
    return parse !== null
  }

  /** Texts that are held, for those who watch memory. */
  get size(): number {
    return this.#plans.size
  }

  #unseen(text: string): StatementPlan {
    const key = statementKey(text)
    if (text.length > this.#textLengthMax) return this.#decide(key, null)
    const found = this.#plans.get(key)
    const known = found?.by === 'learned' && !this.#isLearned(withoutHint(key)) ? undefined : found
    const plan = known ?? this.#decide(key, this.#parse)
    if (known === undefined) this.#plans.set(key === text ? key : detached(key), plan)
    if (key !== text && this.#cameBefore(text)) this.#plans.set(text, plan)
    return plan
  }

  /**
   * A text that comes twice is one that the program has as it is (a template literal, a fixed hint), and is then
   * remembered under its own name. A comment that changes from call to call would fill the memory with what never comes
   * back.
   */
  #cameBefore(text: string): boolean {
    const slot = (text.length * 7 + text.charCodeAt(text.length >> 1)) % seenSlots
    if (this.#seen[slot] === text) return true
    this.#seen[slot] = text
    return false
  }

  #decide(key: string, parse: Parse | null): StatementPlan {
    const hint = hintOf(key)
    const statement = withoutHint(key)
    const verdict = parse === null ? null : this.#byParser(statement, parse)
    const plan =
      verdict === null ? planOfVerdict(this.#byWords(statement), hint, 'lexer') : planOfVerdict(verdict, hint, 'parser')
    const taught = plan.kind === 'read' && this.#isLearned(statement) ? this.#learned.get(statement) : undefined
    return taught === undefined ? plan : learnedPlan(plan, taught.sqlState)
  }

  #isLearned(statement: string): boolean {
    const untilMs = this.#learned.get(statement)?.untilMs ?? -Infinity
    if (untilMs > this.#now()) return true
    this.#learned.delete(statement)
    return false
  }

  /** Null when the parser has no answer: it failed itself, and after a few times it is not asked any more. */
  #byParser(statement: string, parse: Parse): Verdict | null {
    try {
      return classifyByParser(statement, parse, this.#catalogue)
    } catch {
      this.#crashes += 1
      if (this.#crashes >= crashesMax) this.#parse = null
      return null
    }
  }

  #byWords(statement: string): Verdict {
    try {
      return classifyByWords(statement, this.#catalogue)
    } catch (error) {
      return notUnderstood(String(error))
    }
  }
}

/** The same text in memory of its own: a slice keeps the text that it was cut from alive. */
function detached(slice: string): string {
  return ` ${slice}`.slice(1)
}
