// Alerts that the alert test does not see on a real lab, each with the reason. For tests only.

export const unseenAlerts: Readonly<Record<string, string>> = {
  HlSlotLost:
    'hl_slot_lost was 1 on a lab whose slot Patroni was told to ignore, beyond wal_keep_size; the alert was not seen',
}
