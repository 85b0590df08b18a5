// `hl shards explain`: which shards a statement would go to, and why. The statement is not run.
import * as Args from '@oclif/core/args'
import {explainOverShards, valueOf, type ShardsExplanation} from '../../../src/sharding/explain-over-shards.ts'
import {BaseCommand} from '../../base-command.ts'
import {shardsExplainScreen} from '../../view/shards-explain-screen.ts'
import {openLab} from '../../wire.ts'

export default class ShardsExplain extends BaseCommand {
  static override summary =
    'Show which shards a statement would go to, why, and what becomes of their answers; it is not run'
  static override description =
    "Connects the package's own ShardedPool to the running lab and asks it. What follows the statement are the " +
    'values of $1, $2 …: NULL, a list in JSON, else the text as it is; after -- they may begin with a hyphen.'
  static override strict = false
  static override args = {
    statement: Args.string({description: 'one statement, as the application would give it to query()', required: true}),
    values: Args.string({description: 'the values of $1, $2 …'}),
  }
  static override examples = [
    '<%= config.bin %> shards explain "SELECT * FROM orders WHERE user_id = 42"',
    '<%= config.bin %> shards explain "SELECT * FROM orders WHERE user_id = ANY($1)" "[1,2,3]"',
    '<%= config.bin %> shards explain "SELECT state, count(*) FROM orders GROUP BY state ORDER BY state COLLATE ' +
      '\\"C\\""',
  ]

  override async run(): Promise<ShardsExplanation> {
    const {args, argv, flags} = await this.parse(ShardsExplain)
    const values = argv.slice(1).map(word => valueOf(String(word)))
    const answer = await explainOverShards(await openLab(this.settingsFrom(flags)), args.statement, values)
    this.show(shardsExplainScreen(answer, this.theme(process.stdout)))
    return answer
  }
}
