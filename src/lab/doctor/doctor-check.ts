// What a check of `hl doctor` says. Not here: the checks (doctor-*.ts), showing them (cli).

export interface DoctorCheck {
  readonly id: string
  readonly status: 'ok' | 'warn' | 'fail'
  readonly detail: string
  /** What the person does; null when all is well. */
  readonly fix: string | null
  /** The part of scripts/setup.sh that repairs it (`sh scripts/setup.sh --only <part>`); null when it cannot. */
  readonly fixable: 'npm' | 'docker' | 'base' | 'compose' | 'images' | null
}

export const ok = (id: string, detail: string): DoctorCheck => ({id, status: 'ok', detail, fix: null, fixable: null})
export const warn = (id: string, detail: string, fix: string, fixable: DoctorCheck['fixable'] = null): DoctorCheck => ({
  id,
  status: 'warn',
  detail,
  fix,
  fixable,
})
export const fail = (id: string, detail: string, fix: string, fixable: DoctorCheck['fixable'] = null): DoctorCheck => ({
  id,
  status: 'fail',
  detail,
  fix,
  fixable,
})
