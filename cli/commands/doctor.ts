// `hl doctor`: is this machine ready, and what mends it.
import {Flags} from '@oclif/core'
import {examineHost} from '../../src/cluster/doctor.ts'
import type {DoctorCheck} from '../../src/cluster/doctor-check.ts'
import {runSetup} from '../../src/cluster/run-setup.ts'
import {exitCode} from '../../src/model/errors.ts'
import {BaseCommand} from '../base-command.ts'
import {monotonicClock} from '../monotonic-clock.ts'
import {doctorScreen} from '../view/doctor-screen.ts'
import {docker} from '../wire.ts'

export default class Doctor extends BaseCommand {
  static override summary = 'Check this machine: Node, Docker, images, disk, memory, ports, kernel, leftovers; each finding with its fix'
  static override flags = {fix: Flags.boolean({description: 'mend what the set-up script can mend, then check again'})}
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --fix', '<%= config.bin %> doctor --json']

  override async run(): Promise<readonly DoctorCheck[]> {
    const {flags} = await this.parse(Doctor)
    const examine = async (): Promise<readonly DoctorCheck[]> => examineHost(docker, {nodeVersion: process.versions.node, clock: monotonicClock()})
    let checks = await examine()
    const parts = [...new Set(checks.flatMap(check => (check.fixable === null || check.status === 'ok' ? [] : [check.fixable])))]
    if (flags.fix && parts.length > 0) {
      this.note(`mending: ${parts.join(', ')}`)
      await runSetup(parts)
      checks = await examine()
    }
    this.show(doctorScreen(checks, this.theme(process.stdout)))
    if (checks.some(check => check.status === 'fail')) this.exitWith(exitCode.notReady)
    return checks
  }
}
