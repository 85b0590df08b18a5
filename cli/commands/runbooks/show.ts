// `hl runbooks show`: one runbook, as it stands in its file.
import * as Args from '@oclif/core/args'
import {findRunbook} from '../../../src/runbooks/read-runbooks.ts'
import type {Runbook} from '../../../src/runbooks/runbook.ts'
import {BaseCommand} from '../../base-command.ts'

export default class RunbooksShow extends BaseCommand {
  static override summary = 'Show a runbook; with --json its blocks, where each is carried out and what to expect'
  static override args = {
    runbook: Args.string({description: 'a name, see hl runbooks, or a file of your own, .md', required: true}),
  }
  static override examples = ['<%= config.bin %> runbooks show primary-down']

  override async run(): Promise<Runbook> {
    const {args} = await this.parse(RunbooksShow)
    const {runbook, markdown} = findRunbook(args.runbook)
    this.show(markdown)
    return runbook
  }
}
