// `hl doctor`: is this machine ready, and what mends it.
import {Flags} from '@oclif/core'
import {examineHost} from '../../src/lab/doctor/doctor.ts'
import type {DoctorCheck} from '../../src/lab/doctor/doctor-check.ts'
import {runSetup} from '../../src/lab/doctor/run-setup.ts'
import {exitCode} from '../../src/model/errors.ts'
import {BaseCommand} from '../base-command.ts'
import {doctorScreen} from '../view/doctor-screen.ts'
import {connectOptions, docker} from '../wire.ts'

export default class Doctor extends BaseCommand {
  static override summary =
    'Check this machine: Node, Docker, images, disk, memory, ports, kernel, leftovers; each finding with its fix'
  static override flags = {fix: Flags.boolean({description: 'mend what the set-up script can mend, then check again'})}
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --fix',
    '<%= config.bin %> doctor --json',
  ]

  override async run(): Promise<readonly DoctorCheck[]> {
    const {flags} = await this.parse(Doctor)
    const options = {nodeVersion: process.versions.node, ...connectOptions(this.settingsFrom(flags))}
    const tried = new Set<string>()
    let checks = await examineHost(docker, options)
    // What is mended may bring more to light: without an engine nobody asked for its images.
    for (let parts = toMend(checks, tried); flags.fix && parts.length > 0; parts = toMend(checks, tried)) {
      this.note(`mending: ${parts.join(', ')}`)
      await runSetup(parts)
      for (const part of parts) tried.add(part)
      checks = await examineHost(docker, options)
    }
    this.show(doctorScreen(checks, this.theme(process.stdout)))
    if (checks.some(check => check.status === 'fail')) this.exitWith(exitCode.notReady)
    return checks
  }
}

/** Parts of the set-up script that would mend a finding and were not run yet. */
function toMend(checks: readonly DoctorCheck[], tried: ReadonlySet<string>): readonly string[] {
  return [
    ...new Set(
      checks.flatMap(({fixable, status}) =>
        fixable === null || status === 'ok' || tried.has(fixable) ? [] : [fixable],
      ),
    ),
  ]
}
