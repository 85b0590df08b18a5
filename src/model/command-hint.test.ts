import {describe, expect, it} from 'vitest'
import {hint, hintText} from './command-hint.ts'

describe('a hint', () => {
  it.each([
    [hint('status'), 'lab', 'hl status'],
    [hint('status'), 'two', 'hl status --lab two'],
    [hint('backups create', {flags: {from: 'primary'}}), 'two', 'hl backups create --from primary --lab two'],
    [hint('copy drop'), 'two', 'hl copy drop --lab two'],
    [hint('restore', {flags: {'put-back': true}}), 'two', 'hl restore --put-back --lab two'],
    [hint('nodes rebuild', {args: ['pg2']}), 'two', 'hl nodes rebuild pg2 --lab two'],
    [hint('logs', {args: ['pg1'], lab: 'other'}), 'two', 'hl logs pg1 --lab other'],
    [hint('status', {lab: 'lab'}), 'two', 'hl status --lab lab'],
    [hint('doctor'), 'two', 'hl doctor'],
    [hint('runs list', {why: 'lists what is there'}), 'two', '`hl runs list` lists what is there'],
    [hint('psql', {args: ['SELECT 1']}), 'lab', `hl psql 'SELECT 1'`],
    [hint('down', {lab: '<name>'}), 'lab', 'hl down --lab <name>'],
    [hint('status'), 'drill', 'hl status --lab drill'],
    [hint('drill', {flags: {scenario: 'cluster-lost'}}), 'drill', 'hl drill --scenario cluster-lost'],
    [hint('drill'), 'lab', 'hl drill --lab lab'],
    [hint('switchover', {flags: {yes: true, to: 'pg2'}}), 'two', 'hl switchover --yes --to pg2 --lab two'],
    ['start Docker', 'two', 'start Docker'],
  ] as const)('%j about lab %s reads %s', (step, lab, text) => expect(hintText(step, lab)).toBe(text))

  it.each([
    [hint('psql', {flags: {node: 's2-pg1'}}), 's2', 'hl psql --node s2-pg1 --lab two --shard s2'],
    [hint('faults heal', {flags: {all: true}, lab: 'two'}), 's2', 'hl faults heal --all --lab two --shard s2'],
    [hint('down'), 's2', 'hl down --lab two'],
    [hint('status', {lab: 'other'}), 's2', 'hl status --lab other'],
    [hint('status'), 'hl', 'hl status --lab two'],
    [hint('status'), null, 'hl status --lab two'],
  ] as const)('%j about shard %s reads %s', (step, shard, text) => expect(hintText(step, 'two', shard)).toBe(text))

  it('without a lab names none', () => expect(hintText(hint('status'))).toBe('hl status'))
})
