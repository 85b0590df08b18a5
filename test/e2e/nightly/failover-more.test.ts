// Failovers of kinds that the suite has too: they do not fit into its time.
import {test} from 'vitest'
import {expectPass} from '../expect-pass.ts'
import {useLab} from '../use-lab.ts'

const lab = useLab('e2e-failover-more')

test.each(['primary-cut-from-dcs', 'short-fault', 'primary-pause', 'dcs-quorum-loss'] as const)(
  '%s passes',
  async name => expectPass(lab, name),
)
