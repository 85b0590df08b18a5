// `hl nodes check`: is every page on disk what its checksum says?
import {hint, hintText} from '../../../src/model/command-hint.ts'
import * as Args from '@oclif/core/args'
import {checkNodes, type CheckedNode} from '../../../src/lab/nodes/check-pages.ts'
import {exitCode} from '../../../src/model/errors.ts'
import {plural} from '../../../src/model/quantity.ts'
import {BaseCommand} from '../../base-command.ts'
import {shardFlag} from '../../shard-flag.ts'
import {openShard} from '../../wire.ts'

export default class NodesCheck extends BaseCommand {
  static override summary =
    'Compare every data page of the nodes, on disk, with its checksum; exit 1 when one is damaged'
  static override description =
    'Reads all of each node while it runs, as a base backup does; a node without data checksums is an error. A ' +
    'query would not find what lies damaged on disk while a good copy is in memory.'
  static override args = {node: Args.string({description: 'one node; absent: all'})}
  static override flags = shardFlag
  static override examples = ['<%= config.bin %> nodes check', '<%= config.bin %> nodes check pg2']

  override async run(): Promise<readonly CheckedNode[]> {
    const {args, flags} = await this.parse(NodesCheck)
    const {cluster} = await openShard(this.settingsFrom(flags), this.shardFrom(flags))
    const answer = await checkNodes(cluster, args.node, ({node, count, pages}) =>
      this.show(
        count === 0
          ? `ok       ${node}`
          : `DAMAGED  ${node}: ${plural(count, 'page')}: ` +
              pages.map(({file, block}) => `${file} block ${block}`).join(', '),
      ),
    )
    const damaged = answer.filter(({count}) => count > 0)
    for (const {node} of damaged)
      this.note(
        hintText(
          hint('nodes rebuild', {args: [node], why: 'rebuilds it from the others; never copy from it'}),
          cluster.lab,
          cluster.name,
        ),
      )
    if (damaged.length > 0) this.exitWith(exitCode.fail)
    return answer
  }
}
