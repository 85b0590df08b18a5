// A page that no query has noticed. Not here: how pages are compared (src/lab/nodes).
import type {Drill} from '../../src/model/drill.ts'

export const corruptPage = {
  name: 'corrupt-page',
  kind: 'restore',
  summary:
    'a byte of a page changes on the disk of the primary under load; the checksums find it, the primary hands over, and its data is made anew',
  expectation:
    'A base backup of each node reads every page and names the damaged one, which memory hides from queries. A healthy standby takes over; afterwards every page of every node is sound.',
  nature: 'drill',
  archive: 'command',
  load: {deadlineMs: 15_000},
  steps: [
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'disaster', disaster: {kind: 'corrupt-page'}},
    {kind: 'hold', forMs: 2_000, as: 'aftermath'},
    {kind: 'repair'},
  ],
  objectives: {rtoMsMax: 120_000, lostWritesMax: 0},
} as const satisfies Drill
