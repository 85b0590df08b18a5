import {describe, expect, it} from 'vitest'
import {firingIn} from './alert-state.ts'

const alert = (alertname: string, lab: string | null, state = 'firing') => ({
  labels: {alertname, ...(lab === null ? {} : {lab})},
  state,
})
const answer = (...alerts: readonly object[]) => ({status: 'success', data: {alerts}})

describe('the answer of a Prometheus', () => {
  it('names the alerts that fire for the lab, or for all', () =>
    expect(
      firingIn(
        answer(alert('A', 'x'), alert('B', 'y'), alert('C', null), alert('D', 'x', 'pending'), {
          labels: null,
          state: 'firing',
        }),
        'x',
      ),
    ).toEqual(['A', 'C']))
  it.each([null, 'x', {}, {data: []}, {status: 'error', error: 'x'}])('%j is none', value =>
    expect(firingIn(value, 'x')).toBeNull(),
  )
})
