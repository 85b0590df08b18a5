import {describe, expect, it} from 'vitest'
import {parseRekeyed, rotate, type RotationSteps} from './rotate-key.ts'

/** A lab of which only keys matter: who can open what, at each moment. */
class World {
  identity: string[] = ['old']
  next: string | null = null
  marked = false
  /** Whom a node encrypts for that starts now, and those that run. */
  recipient = 'old'
  nodes: string[] = ['old', 'old']
  /** Whom each file of the archive is for. */
  files: string[] = ['old', 'old', 'old']
  /** Keys that were made. */
  made = 0
  damaged = 0
  /** Steps until it is killed: before what it does, or behind it. */
  killIn = Infinity

  #killed(): void {
    if (--this.killIn < 0) throw new Error('killed')
  }

  /** Each step is one that may be cut off before it, or when it is done and nobody knows. */
  #step<T>(work: () => T): () => Promise<T> {
    return async () => {
      this.#killed()
      const done = work()
      // The nodes go on.
      this.files.push(...this.nodes)
      expect(this.unopened()).toEqual([])
      this.#killed()
      return Promise.resolve(done)
    }
  }

  /** What the identity of the lab does not open. */
  unopened(): readonly string[] {
    return this.files.filter(key => !this.identity.includes(key))
  }

  steps(): RotationSteps {
    return {
      look: this.#step(() => ({opens: [...this.identity], next: this.next, isMarked: this.marked})),
      makeNext: this.#step(() => void (this.next = `new${(this.made += 1)}`)),
      mark: this.#step(() => void (this.marked = true)),
      openWithBoth: this.#step(() => {
        if (this.next !== null && !this.identity.includes(this.next)) this.identity = [this.next, ...this.identity]
      }),
      nameRecipient: this.#step(() => void (this.recipient = this.next ?? '')),
      tellNodes: this.#step(() => void (this.nodes = this.nodes.map(() => this.recipient))),
      rekey: this.#step(() => {
        const at = this.files.findIndex(key => key !== this.next)
        if (at === -1) return {files: 0, bytes: 0, bad: []}
        // It is cut off between files too: one at a time.
        this.files[at] = this.next ?? ''
        if (this.killIn < Infinity) return {files: 1, bytes: 10, bad: []}
        this.files = this.files.map(() => this.next ?? '')
        return {files: 3, bytes: 30, bad: this.damaged > 0 ? ['wal/a: it is not what came in'] : []}
      }),
      dropOld: this.#step(() => void (this.identity = [this.next ?? ''])),
      unmark: this.#step(() => void (this.marked = false)),
      tidy: this.#step(() => void (this.next = null)),
    }
  }
}

const nothing = (): undefined => undefined

describe('the change of an archive key', () => {
  it('ends with one key, that everything and everybody is for', async () => {
    const world = new World()
    expect(await rotate(world.steps(), nothing)).toEqual({recipient: 'new1', files: 3, bytes: 30})
    expect([world.identity, world.next, world.marked, world.recipient]).toEqual([['new1'], null, false, 'new1'])
    expect([...new Set([...world.nodes, ...world.files])]).toEqual(['new1'])
  })

  it.each(Array.from({length: 30}, (_, index) => index))(
    'that is cut off after %i half steps is known, opens everything, and comes to its end when asked for again',
    async count => {
      const world = new World()
      world.killIn = count
      const first = await rotate(world.steps(), nothing).then(
        () => 'done',
        () => 'killed',
      )
      expect(world.unopened()).toEqual([])
      // Something is to be done: then the mark says so, or nothing was begun.
      const [inUse] = world.identity
      if (first === 'killed' && inUse !== 'old' && world.identity.length > 1) expect(world.marked).toBe(true)
      world.killIn = Infinity
      const {recipient} = await rotate(world.steps(), nothing)
      expect([world.identity, world.next, world.marked, world.recipient]).toEqual([[recipient], null, false, recipient])
      expect([...new Set([...world.nodes, ...world.files])]).toEqual([recipient])
      expect(recipient).not.toBe('old')
    },
  )

  it('keeps the old key while something cannot be opened, and says what', async () => {
    const world = new World()
    world.damaged = 1
    await expect(rotate(world.steps(), nothing)).rejects.toMatchObject({
      code: 'BACKUP_INVALID',
      message: '1 files could not be encrypted again, so the old key stays: wal/a: it is not what came in',
    })
    expect([world.identity, world.marked]).toEqual([['new1', 'old'], true])
    world.damaged = 0
    expect((await rotate(world.steps(), nothing)).recipient).toBe('new1')
  })
})

describe('what rekey prints', () => {
  it.each([
    ['done 3 120\n', {files: 3, bytes: 120, bad: []}],
    [
      'bad /archive/7/wal/a: it is no file of age\ndone 0 0\n',
      {files: 0, bytes: 0, bad: ['/archive/7/wal/a: it is no file of age']},
    ],
    ['bad /archive/7/wal/a: it is no file of age\n', null],
    ['', null],
  ])('%j', (text, rekeyed) => expect(parseRekeyed(text)).toEqual(rekeyed))
})
