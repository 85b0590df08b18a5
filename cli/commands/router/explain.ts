// `hl router explain`: which node would serve a statement, and why. The statement is not run.
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {BaseCommand} from '../../base-command.ts'
import {answerOf, tokenOf, type ExplainAnswer} from '../../../src/load/explain-answer.ts'
import {explainOnLab} from '../../../src/load/explain-on-lab.ts'
import {formatBytes} from '../../../src/model/quantity.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {explainScreen} from '../../view/explain-screen.ts'
import {shardFlag} from '../../shard-flag.ts'
import {openShard} from '../../wire.ts'

export default class RouterExplain extends BaseCommand {
  static override summary = 'Show which node of the lab would serve a statement, and why; it is not run'
  static override description =
    "Connects the package's own router to the running lab and asks it: what kind of statement it is and how that " +
    'was found out, which node it would go to, and for every node why it would or would not serve it.'
  static override args = {
    statement: Args.string({description: 'one statement, as the application would give it to query()', required: true}),
  }
  static override flags = {
    ...shardFlag,
    'consistency': Flags.option({
      description: 'what a read must see',
      options: ['eventual', 'session', 'strict'] as const,
      default: 'session' as const,
    })(),
    'after-token': Flags.string({
      description: "the reader's session, as text: Session.toString() of the application",
      helpValue: '<token>',
    }),
    'repeat': Flags.integer({
      description: 'ask the router this often: among equals it draws',
      helpValue: '<n>',
      min: 1,
      max: 1_000,
      default: 1,
    }),
  }
  static override examples = [
    '<%= config.bin %> router explain "SELECT count(*) FROM hl.ledger" --repeat 10',
    '<%= config.bin %> router explain "SELECT * FROM hl.ledger FOR UPDATE"',
    '<%= config.bin %> router explain "/* hl: primary */ SELECT 1"',
    '<%= config.bin %> router explain "SELECT 1" --after-token hl1.1.0-5000060',
  ]

  override async run(): Promise<ExplainAnswer> {
    const {args, flags} = await this.parse(RouterExplain)
    const afterToken = flags['after-token'] ?? null
    const {endpoints, secrets, cluster} = await openShard(this.settingsFrom(flags), this.shardFrom(flags))
    const token = tokenOf(afterToken)
    const {lab, members} = cluster
    const options = {statement: args.statement, consistency: flags.consistency, times: flags.repeat}
    const asked = {endpoints, members, password: secrets.readonly}
    const said = await explainOnLab(asked, {...options, token}, monotonicClock())
    const answer = answerOf({lab, members, options: {...options, afterToken}, token, bytesText: formatBytes, ...said})
    this.show(explainScreen(answer, this.theme(process.stdout)))
    return answer
  }
}
