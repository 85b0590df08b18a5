// `hl faults heal`: undoes everything that a fault, or a run that was killed, can have left.
import * as Flags from '@oclif/core/flags'
import {healLab, type HealedLab} from '../../../src/experiment/heal-lab.ts'
import {BaseCommand} from '../../base-command.ts'
import {dryRunFlag} from '../../experiment-flags.ts'
import {interruptible} from '../../interrupt.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {shardFlag} from '../../shard-flag.ts'
import {docker, openLab, openShard} from '../../wire.ts'

const healing = {
  once: 'interrupted: no longer waiting; what was healed stays so',
  twice: 'left as it is',
}

export default class FaultsHeal extends BaseCommand {
  static override summary =
    'Heal a lab: unpause, start, reconnect, end maintenance, restore its settings; wait until it is healthy'
  static override description = 'Every cluster of the lab; with --shard that one, and etcd.'
  static override flags = {
    ...shardFlag,
    ...dryRunFlag,
    all: Flags.boolean({description: 'every fault of the lab (the only way; said for clarity)'}),
  }
  static override examples = ['<%= config.bin %> faults heal --all', '<%= config.bin %> faults heal --all --shard s2']

  override async run(): Promise<HealedLab> {
    const {flags} = await this.parse(FaultsHeal)
    const settings = this.settingsFrom(flags)
    const lab = await (flags.shard === undefined ? openLab(settings) : openShard(settings, this.shardFrom(flags)))
    const whose = `${flags.shard === undefined ? '' : `shard ${flags.shard} of `}lab ${lab.cluster.lab}`
    const clusters = flags.shard === undefined ? lab.clusters : [lab]
    if (flags['dry-run']) {
      this.show(
        `would unpause, start and reconnect every container of ${whose}, end maintenance mode and restore its settings`,
      )
      return {did: [], primary: (await lab.cluster.state()).primary}
    }
    const {note} = this
    const healed = await interruptible({...healing, note}, async signal =>
      healLab(docker, {...lab, clusters}, monotonicClock(), signal),
    )
    const {did, primary} = healed
    this.show(`${did.length === 0 ? 'nothing to heal' : did.join('\n')}\n${whose} is healthy, primary ${primary}`)
    return healed
  }
}
