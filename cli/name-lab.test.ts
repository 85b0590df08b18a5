import {expect, test} from 'vitest'
import {nameLab} from './name-lab.ts'

test.each([
  ['hl status', 'lab', 'hl status'],
  ['hl status', 'two', 'hl status --lab two'],
  [
    '`hl faults heal --all` undoes faults, `hl logs pg1` tells',
    'two',
    '`hl faults heal --lab two --all` undoes faults, `hl logs --lab two pg1` tells',
  ],
  ['hl down --lab <name> for a lab that is not needed', 'two', 'hl down --lab <name> for a lab that is not needed'],
  ['hl router explain "SELECT 1"', 'two', 'hl router explain --lab two "SELECT 1"'],
  ['hl doctor', 'two', 'hl doctor'],
])('%s for lab %s: %s', (text, lab, expected) => expect(nameLab(text, lab)).toBe(expected))
