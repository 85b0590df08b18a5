// What one shard tells of two-phase transactions, asked on its primary. Invariants: each method rejects where the shard
// cannot be asked, and then nothing is known; nothing is sent twice but what may be. Not here: SQL texts
// (transaction-sql.ts), what follows (recovery.ts, finisher.ts).
import type {Shard} from '../shard.ts'
import {isGone} from './judge-answer.ts'
import {committedText, compactText, decisionsText, overText, preparedText} from './transaction-sql.ts'

/** One part that is prepared. */
export interface PreparedPart {
  readonly gid: string
  readonly prepared: Date
  /** The role that prepared it: only that one, or a superuser, may end it. */
  readonly owner: string
}

/** A row that is not compacted yet; participants: empty on a participant. */
export interface DecisionRow {
  readonly id: string
  readonly participants: readonly string[]
}

export interface ShardRecords {
  readonly shard: string
  /** In this database, under that prefix. */
  prepared(prefix: string): Promise<readonly PreparedPart[]>
  /** Of these gids or ids those whose transaction is over here: neither running nor prepared. */
  over(gids: readonly string[]): Promise<ReadonlySet<string>>
  /** Of these ids those whose part here is committed. */
  committed(ids: readonly string[]): Promise<ReadonlySet<string>>
  decisions(prefix: string, rowsMax: number): Promise<readonly DecisionRow[]>
  compact(ids: readonly string[]): Promise<void>
  /** gone: there is none of that name. */
  finish(gid: string, how: 'COMMIT' | 'ROLLBACK'): Promise<'done' | 'gone'>
}

/** `deadlineMs`: of each question; `admit` is waited for before each. */
export function recordsOf(
  {name, router}: Shard,
  deadlineMs: number,
  admit: (shard: string) => Promise<void> = () => Promise.resolve(),
): ShardRecords {
  const ask = async <T extends Record<string, unknown>>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<T[]> => {
    await admit(name)
    return (await router.write<T>(text, values, {deadlineMs})).rows
  }
  return {
    shard: name,
    prepared: prefix => ask<{gid: string; prepared: Date; owner: string}>(preparedText, [prefix]),
    over: async gids => new Set((await ask<{gid: string}>(overText, [gids])).map(({gid}) => gid)),
    committed: async ids => new Set((await ask<{id: string}>(committedText, [ids])).map(({id}) => id)),
    decisions: (prefix, rowsMax) => ask<{id: string; participants: string[]}>(decisionsText, [prefix, rowsMax]),
    compact: async ids => {
      await ask(compactText, [ids])
    },
    finish: async (gid, how) => {
      try {
        await ask(`${how} PREPARED '${gid}'`)
        return 'done'
      } catch (error) {
        if (isGone(error)) return 'gone'
        throw error
      }
    },
  }
}
