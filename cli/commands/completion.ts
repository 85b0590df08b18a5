// `hl completion`: what a shell needs to complete the words of hl.
import * as Args from '@oclif/core/args'
import {BaseCommand} from '../base-command.ts'
import {bashCompletion, zshCompletion} from '../completion/bash-completion.ts'
import {completionWords} from '../completion/completion-words.ts'
import {fishCompletion} from '../completion/fish-completion.ts'

const scripts = {bash: bashCompletion, fish: fishCompletion, zsh: zshCompletion}
type Shell = keyof typeof scripts
const shells = Object.keys(scripts).filter((name): name is Shell => name in scripts)

export default class Completion extends BaseCommand {
  static override summary = 'Print the script with which a shell completes commands, flags and names'
  static override description =
    'For bash and zsh: source <(hl completion bash) in ~/.bashrc or ~/.zshrc, with the name of the shell; for fish: ' +
    'hl completion fish > ~/.config/fish/completions/hl.fish. Scenarios, labs, nodes, shards and runs complete too, ' +
    'without a start of hl. Make it anew when hl is.'
  static override args = {
    shell: Args.option({options: shells, description: 'for which shell'})({required: true}),
  }
  static override examples = [
    '<%= config.bin %> completion bash',
    '<%= config.bin %> completion fish > ~/.config/fish/completions/hl.fish',
  ]

  override async run(): Promise<{readonly shell: string; readonly script: string}> {
    const {args} = await this.parse(Completion)
    const script = scripts[args.shell](completionWords(this.config))
    this.show(script)
    return {shell: args.shell, script}
  }
}
