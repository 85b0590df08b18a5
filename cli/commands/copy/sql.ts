// `hl copy sql`: a question to the copy.
import * as Args from '@oclif/core/args'
import {queryCopy} from '../../../src/recovery/recovery-copy.ts'
import {BaseCommand} from '../../base-command.ts'
import {docker} from '../../wire.ts'

export default class CopySql extends BaseCommand {
  static override summary = 'Ask the recovery copy of a lab; it is read-only'
  static override args = {statement: Args.string({description: 'one statement', required: true})}
  static override examples = ['<%= config.bin %> copy sql "select count(*) from hl.ledger"']

  override async run(): Promise<{readonly rows: readonly string[]}> {
    const {args, flags} = await this.parse(CopySql)
    const text = await queryCopy(docker, this.settingsFrom(flags).lab, args.statement)
    this.show(text)
    return {rows: text.split('\n')}
  }
}
