// The places in the protocol at which a process may stop. Vocabulary, for tests that stop it there.

export const protocolSteps = [
  'begun',
  'arming',
  'armed',
  'preparing',
  'one-prepared',
  'prepared',
  'deciding',
  'decided',
  'finishing',
  'one-finished',
  'finished',
  'compacted',
] as const

/** …ing: it was given to the driver. The others: it was answered. */
export type ProtocolStep = (typeof protocolSteps)[number]

/** Called at each step of a two-phase commit; what it returns is waited for. */
export type AtStep = (step: ProtocolStep) => Promise<void> | void
