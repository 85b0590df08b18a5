// The cache: what is remembered, for how long, and what makes it forget.
import fc from 'fast-check'
import {describe, expect, it, vi} from 'vitest'
import {builtInCatalogue} from './function-catalogue.ts'
import {loadLibpgQuery, type Parse} from './load-parser.ts'
import {PlanCache, type PlanCacheOptions} from './plan-cache.ts'

const parse: Parse = await loadLibpgQuery().then(loaded => loaded ?? (() => null))

function withParser(options: PlanCacheOptions = {}): {
  readonly plans: PlanCache
  readonly parser: ReturnType<typeof vi.fn<Parse>>
} {
  const plans = new PlanCache(options)
  const parser = vi.fn<Parse>(parse)
  plans.useParser(parser)
  return {plans, parser}
}

describe('planOf', () => {
  it('looks at a text once', () => {
    const {plans, parser} = withParser()
    const plan = plans.planOf('SELECT 1')
    expect(plan).toEqual({
      kind: 'read',
      reason: 'SELECT',
      by: 'parser',
      readOnlyTransaction: false,
      node: 'any',
      commits: 'nothing',
      commitsTransaction: false,
      isProvisional: false,
    })
    expect(Object.isFrozen(plan)).toBe(true)
    expect(plans.planOf('SELECT 1')).toBe(plan)
    expect(parser).toHaveBeenCalledOnce()
  })

  it('looks once at a text whose comments change, and keeps one entry for it', () => {
    const {plans, parser} = withParser()
    for (let n = 0; n < 100; n += 1) expect(plans.planOf(`SELECT 1 /* traceparent='${n}' */`).kind).toBe('read')
    expect(parser).toHaveBeenCalledOnce()
    expect(parser).toHaveBeenCalledWith('SELECT 1')
    expect(plans.size).toBe(1)
  })

  it('remembers a text under its own name when it comes again, and only then', () => {
    const {plans, parser} = withParser()
    const forms = ['\n  SELECT 1;\n', '/* GET /users */ SELECT 1', 'SELECT 1 -- all of them']
    for (const text of forms) plans.planOf(text)
    expect(plans.size).toBe(1)
    for (const text of [...forms, ...forms]) expect(plans.planOf(text)).toBe(plans.planOf('SELECT 1'))
    expect(plans.size).toBe(4)
    expect(parser).toHaveBeenCalledOnce()
  })

  it('keeps hints apart', () => {
    const {plans} = withParser()
    const kinds = (statement: string): readonly string[] =>
      [statement, `/* hl: primary */ ${statement}`, `${statement} /* hl: standby */`].map(
        text => plans.planOf(text).kind,
      )
    expect(kinds('SELECT 1')).toEqual(['read', 'read', 'read'])
    expect(plans.planOf('/* hl: primary */ SELECT 1')).toMatchObject({node: 'primary', commits: 'nothing'})
    expect(kinds('SELECT f(1)')).toEqual(['write', 'write', 'read'])
    expect(kinds('DELETE FROM t')).toEqual(['write', 'write', 'write'])
    expect(kinds('SET a = 1')).toEqual(['session', 'session', 'session'])
    expect(plans.planOf('/* hl: primary */ SELECT 1').by).toBe('hint')
  })

  it('sends what is not understood to the primary', () => {
    const {plans} = withParser()
    expect(plans.planOf('SELEC')).toMatchObject({
      kind: 'write',
      by: 'parser',
      reason: 'not understood: syntax error at or near "SELEC"',
    })
    expect(plans.planOf('SELECT \0')).toMatchObject({kind: 'write', reason: 'not understood: a character with code 0'})
    expect(plans.planOf('')).toMatchObject({kind: 'read', reason: 'empty'})
  })

  it('reads long texts by their words and does not remember them', () => {
    const {plans, parser} = withParser({textLengthMax: 100})
    const long = `SELECT 1 -- ${'x'.repeat(100)}\n, 2`
    expect(plans.planOf(long)).toMatchObject({kind: 'read', by: 'lexer'})
    expect(plans.planOf(`INSERT INTO t VALUES (${'1, '.repeat(100)} 1)`)).toMatchObject({kind: 'write', by: 'lexer'})
    expect([plans.size, parser.mock.calls.length]).toEqual([0, 0])
  })

  it('is bounded in entries and in bytes', () => {
    const {plans} = withParser({entriesMax: 10})
    for (let n = 0; n < 1_000; n += 1) plans.planOf(`SELECT ${n}`)
    expect(plans.size).toBeLessThanOrEqual(20)
    const {plans: small} = withParser({bytesMax: 1_000})
    for (let n = 0; n < 100; n += 1) small.planOf(`SELECT '${'x'.repeat(100)}', ${n}`)
    expect(small.size).toBeLessThanOrEqual(8)
  })

  it('remembers what is used while others come and go', () => {
    const {plans, parser} = withParser({entriesMax: 10})
    plans.planOf('SELECT hot')
    for (let n = 0; n < 200; n += 1) {
      plans.planOf(`SELECT ${n}`)
      plans.planOf('SELECT hot')
    }
    expect(parser.mock.calls.filter(([text]) => text === 'SELECT hot')).toHaveLength(1)
  })

  it('never throws', () => {
    const {plans} = withParser()
    plans.useParser(text => (text.length % 3 === 0 ? parse(text) : text.length % 3 === 1 ? null : JSON.parse(text)))
    fc.assert(
      fc.property(
        fc.array(fc.nat({max: 0xffff})).map(codes => String.fromCharCode(...codes)),
        text => void plans.planOf(text),
      ),
    )
  })
})

describe('the parser', () => {
  it('is optional: until it is there texts are read by their words', () => {
    const plans = new PlanCache()
    expect(plans.planOf('SELECT update FROM t')).toMatchObject({kind: 'write', by: 'lexer'})
    plans.useParser(parse)
    expect(plans.planOf('SELECT update FROM t')).toMatchObject({kind: 'read', by: 'parser'})
  })

  it('is loaded when asked for', async () => {
    const plans = new PlanCache()
    expect(plans.planOf('SELECT 1').by).toBe('lexer')
    expect(await plans.loadParser()).toBe(true)
    expect(await plans.loadParser()).toBe(true)
    expect(plans.planOf('SELECT 1').by).toBe('parser')
  })

  it('may fail: the text is read by its words, and after a few times every text is', () => {
    const {plans, parser} = withParser()
    parser.mockImplementation(() => {
      throw new RangeError('Maximum call stack size exceeded')
    })
    for (let n = 0; n < 20; n += 1) expect(plans.planOf(`SELECT ${n}`)).toMatchObject({kind: 'read', by: 'lexer'})
    expect(parser).toHaveBeenCalledTimes(8)
    plans.useParser(parse)
    expect(plans.planOf('SELECT 1').by).toBe('parser')
  })

  it('survives a text that is too deep for it', () => {
    const {plans} = withParser()
    expect(plans.planOf(`SELECT 1${'+1'.repeat(30_000)}`).kind).toBe('read')
    expect(plans.planOf('SELECT 2')).toMatchObject({kind: 'read', by: 'parser'})
  })
})

describe('what is learned', () => {
  const text = 'SELECT looks_harmless(1)'
  const harmless = {...builtInCatalogue, known: new Set([...builtInCatalogue.known, 'looks_harmless'])}

  function learned(options: PlanCacheOptions = {}): PlanCache {
    const {plans} = withParser(options)
    plans.use(harmless)
    expect(plans.planOf(text).kind).toBe('read')
    plans.learn(text, '25006')
    expect(plans.planOf(text)).toMatchObject({kind: 'write', by: 'learned'})
    return plans
  }

  it('counts for every form of the text', () => {
    const plans = learned()
    for (const form of [
      text,
      ` ${text};\n`,
      `${text} /* x */`,
      `${text} /* hl: standby */`,
      `/* hl: primary */ ${text}`,
    ])
      expect(plans.planOf(form)).toMatchObject({kind: 'write', by: 'learned'})
  })

  it('counts for a form that was remembered with another plan, as soon as that is refused', () => {
    const {plans} = withParser()
    plans.use(harmless)
    const forms = [text, ` ${text}`, `${text} /* hl: standby */`]
    for (const form of [...forms, ...forms, ...forms]) expect(plans.planOf(form).kind).toBe('read')
    for (const form of forms) plans.learn(form, '25006')
    for (const form of forms) expect(plans.planOf(form)).toMatchObject({kind: 'write', by: 'learned'})
  })

  it('survives another catalogue, another parser, and the turn of generations', () => {
    const plans = learned({entriesMax: 5})
    plans.use(harmless)
    expect(plans.planOf(text).by).toBe('learned')
    plans.useParser(parse)
    expect(plans.planOf(text).by).toBe('learned')
    for (let n = 0; n < 100; n += 1) plans.planOf(`SELECT ${n}`)
    expect(plans.planOf(text).by).toBe('learned')
  })

  it('has a bound: the oldest is forgotten', () => {
    const {plans} = withParser({learnedMax: 3, entriesMax: 1})
    for (let n = 0; n < 5; n += 1) plans.learn(`SELECT ${n}`, '25006')
    plans.useParser(parse)
    expect([0, 1, 2, 3, 4].map(n => plans.planOf(`SELECT ${n}`).by)).toEqual([
      'parser',
      'parser',
      'learned',
      'learned',
      'learned',
    ])
  })

  it('expires, and is learned anew when a standby refuses it again', () => {
    let now = 1_000
    const plans = learned({learnedForMs: 100, now: () => now})
    const forms = [text, ` ${text}`, `${text} /* hl: standby */`]
    for (const form of [...forms, ...forms]) expect(plans.planOf(form).by).toBe('learned')
    now += 99
    for (const form of forms) expect(plans.planOf(form).by).toBe('learned')
    now += 1
    for (const form of forms) expect(plans.planOf(form)).toMatchObject({kind: 'read', node: 'any'})
    for (const form of forms) plans.learn(form, '0A000')
    for (const form of forms) expect(plans.planOf(form)).toMatchObject({kind: 'read', by: 'learned', node: 'primary'})
  })

  it('is only about reads: what binds a connection stays that', () => {
    const {plans} = withParser()
    for (const other of ['SET a = 1', 'BEGIN READ ONLY', 'COMMIT', 'DELETE FROM t'])
      expect((plans.learn(other, '25006'), plans.planOf(other).by)).toBe('parser')
    expect(plans.planOf('SET a = 1').kind).toBe('session')
  })
})

describe('use', () => {
  it('forgets what another catalogue said', () => {
    const {plans} = withParser()
    expect(plans.planOf('SELECT f(1) FROM v').reason).toBe('function f is not known')
    plans.use({...builtInCatalogue, known: new Set(['f'])})
    expect(plans.planOf('SELECT f(1) FROM v').kind).toBe('read')
    plans.use({...builtInCatalogue, known: new Set(['f']), volatileRelations: new Set(['v'])})
    expect(plans.planOf('SELECT f(1) FROM v').reason).toBe('relation v is volatile')
  })
})
