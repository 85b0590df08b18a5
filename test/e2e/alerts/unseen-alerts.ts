// Alerts that the alert test does not see on a real lab, each with the reason. For tests only.

export const unseenAlerts: Readonly<Record<string, string>> = {
  HlReplicationLagUnknown:
    'it needs a standby that stays on a timeline of its own for minutes, beside one primary: Patroni rewinds it',
  HlSlotLost:
    'it needs max_slot_wal_keep_size, which no lab has, and Patroni makes a slot of its configuration anew at once',
}
