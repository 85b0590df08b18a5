import {expect, it} from 'vitest'
import type {RunEvent} from '../model/run-event.ts'
import {describeEvent, type EventWords} from './describe-event.ts'

const said = (event: RunEvent): readonly unknown[] => {
  const {subject, status, facts}: EventWords = describeEvent(event)
  return [subject, status, facts.map(([name, value]) => `${name} ${value}`).join(' · ')]
}

it.each<readonly [RunEvent, readonly unknown[]]>([
  [
    {kind: 'disaster.commanded', atMs: 1, describe: 'the volume is gone', targets: ['pg1']},
    ['disaster', 'start', 'node pg1 · how the volume is gone'],
  ],
  [
    {kind: 'disaster.commanded', atMs: 1, describe: 'DROP TABLE victim', targets: []},
    ['disaster', 'start', 'how DROP TABLE victim'],
  ],
  [{kind: 'disaster.done', atMs: 2, atLsn: '0/5000000'}, ['disaster', 'ok', 'wal 0/5000000']],
  [{kind: 'disaster.done', atMs: 2, atLsn: null}, ['disaster', 'ok', '']],
  [
    {kind: 'recovery.phase', atMs: 6_700, phase: 'fetch', fromMs: 1_700},
    ['recovery', 'ok', 'phase fetch · took 5.00 s'],
  ],
  [
    {kind: 'cluster.healthy', atMs: 3, timeline: 2, cluster: 'restored'},
    ['healthy', 'ok', 'cluster restored · timeline 2'],
  ],
  [{kind: 'cluster.healthy', atMs: 3, timeline: null}, ['healthy', 'ok', '']],
  [{kind: 'router.primary', atMs: 3, node: null}, ['router', 'note', 'writes nowhere']],
  [{kind: 'move.step', atMs: 3, from: 's1', to: 's2', effect: 'copy'}, ['move', 'note', 'from s1 · to s2 · next copy']],
  [
    {kind: 'move.cutover', atMs: 3, from: 's1', to: 's2', pausedMs: 18, outcome: 'switched'},
    ['move', 'ok', 'from s1 · to s2 · switched writes waited 18 ms'],
  ],
  [
    {kind: 'step.failed', atMs: 4, step: 0, label: 'restore', code: 'TIMEOUT', message: 'too late'},
    ['step', 'fail', 'step restore · code TIMEOUT · reason too late'],
  ],
])('%j', (event, words) => expect(said(event)).toEqual(words))
