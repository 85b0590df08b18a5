// `hl shards verify`: is each row on its owner, and nothing left of moves that are gone?
import {exitCode} from '../../../src/model/errors.ts'
import {verifyShards, type VerifyAnswer} from '../../../src/sharding/verify-shards.ts'
import {BaseCommand} from '../../base-command.ts'
import {verifyScreen} from '../../view/move-screen.ts'
import {openLab} from '../../wire.ts'

export default class ShardsVerify extends BaseCommand {
  static override summary = 'Read all sharded tables: is each row on its owner, and is nothing left of moves?'
  static override description =
    'Exit 1 when a row is on a wrong shard, a group has two owners or none, something of a move is left that ' +
    'nobody knows, or the sides of a move that rests differ. Exit 3 when a part could not be seen. Every member ' +
    'is asked, for one that was primary may have kept a slot.'
  static override examples = ['<%= config.bin %> shards verify', '<%= config.bin %> shards verify --json']

  override async run(): Promise<VerifyAnswer> {
    const {flags} = await this.parse(ShardsVerify)
    const answer = await verifyShards(await openLab(this.settingsFrom(flags)))
    this.show(verifyScreen(answer, this.theme(process.stdout)))
    this.exitWith(exitCode[answer.verdict])
    return answer
  }
}
