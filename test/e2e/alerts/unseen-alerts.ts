// Alerts that the alert test does not see on a real lab, each with the reason. For tests only.

export const unseenAlerts: Readonly<Record<string, string>> = {}
