// `hl doctor`: is this machine ready, and what repairs it.
import * as Flags from '@oclif/core/flags'
import {examineHost} from '../../src/lab/doctor/doctor.ts'
import type {DoctorCheck} from '../../src/lab/doctor/doctor-check.ts'
import {repairHost} from '../../src/lab/doctor/repair-host.ts'
import {runSetup} from '../../src/lab/doctor/run-setup.ts'
import {allConditions} from '../../src/recovery/lab-conditions.ts'
import {exitCode} from '../../src/model/errors.ts'
import {BaseCommand} from '../base-command.ts'
import {doctorScreen} from '../view/doctor-screen.ts'
import {connectOptions, docker} from '../wire.ts'

export default class Doctor extends BaseCommand {
  static override summary =
    'Check this machine: Node, Docker, images, disk, memory, ports, kernel, leftovers; each finding with its fix'
  static override flags = {
    fix: Flags.boolean({description: 'repair what the set-up script can repair, then check again'}),
  }
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --fix',
    '<%= config.bin %> doctor --json',
  ]

  override async run(): Promise<readonly DoctorCheck[]> {
    const {flags} = await this.parse(Doctor)
    const connect = connectOptions(this.settingsFrom(flags))
    const options = {nodeVersion: process.versions.node, conditions: allConditions, ...connect}
    const checks = flags.fix
      ? await repairHost(docker, {...options, run: runSetup, progress: this.note})
      : await examineHost(docker, options)
    this.show(doctorScreen(checks, this.theme(process.stdout)))
    if (checks.some(check => check.status === 'fail')) this.exitWith(exitCode.notReady)
    return checks
  }
}
