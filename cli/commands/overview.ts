// `hl` without arguments: what there is, in one terminal page.
import {BaseCommand} from '../base-command.ts'
import {overviewScreen} from '../view/overview-screen.ts'

export default class Overview extends BaseCommand {
  static override hidden = true
  static override summary = 'What hl can do, on one page'

  override async run(): Promise<{readonly text: string}> {
    await this.parse(Overview)
    const text = overviewScreen(this.config)
    this.show(text)
    return {text}
  }
}
