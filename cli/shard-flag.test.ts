import {expect, it} from 'vitest'
import {forShard} from './shard-flag.ts'

it.each([
  [['SELECT 1'], 's1', null, "hl psql --shard s1 'SELECT 1'"],
  [['--shard', 's9', '--read'], 's1', 'two', 'hl psql --shard s1 --lab two --read'],
  [['--shard=s9', '--lab', 'a'], 's2', 'two', 'hl psql --shard s2 --lab a'],
  [['--lab=a', '--shard', 's9', '--role', 'hl_app'], null, null, 'hl psql --lab=a --role hl_app'],
] as const)('%j for %s of lab %s', (argv, shard, lab, text) => expect(forShard('psql', argv, {shard, lab})).toBe(text))
