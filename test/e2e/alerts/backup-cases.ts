// Alert -> break -> heal, of backups and of the archive of one cluster of two nodes, without a load. In their order:
// the first two are of the lab as it was made. For tests only. Not here: what is done with them (alerts.test.ts).
import {nothing, type AlertCase} from './alert-case.ts'
import {switchWal} from './switch-wal.ts'

const refusing = 'chmod u-w /archive/*/wal'

/** What an archive that is stopped brings with it. */
export const withoutArchive = {
  HlScrapeSourceDown: 'the archive is stopped, so that it protects nobody',
  HlArchiveUnknown: 'the archive is stopped',
  HlArchiverFailing: 'a segment that is switched meanwhile is refused',
} as const

export const backupCases: readonly AlertCase[] = [
  {
    what: 'no backup was taken yet',
    alerts: ['HlBackupMissing'],
    isThere: true,
    leaves: ['HlRestoreNotVerified'],
    also: {HlRestoreNotVerified: 'there is a backup now, and nobody has restored it'},
    breaks: nothing,
    heals: async ({lab}) => {
      await lab.json('backups', 'create')
    },
  },
  {
    what: 'no backup was restored to a server',
    alerts: ['HlRestoreNotVerified'],
    isThere: true,
    breaks: nothing,
    heals: async ({lab}) => {
      await lab.json('backups', 'verify', 'latest')
      const {exitCode, stderr, stdout} = await lab.hl('backups', 'schedule', '--verify-restore-every', '24h', '--once')
      if (exitCode !== 0) throw new Error(`${stdout}${stderr}`)
    },
  },
  {
    what: 'the newest backup is two days old',
    alerts: ['HlBackupTooOld'],
    breaks: async ({run}) => {
      await run(
        'archive',
        `cd /archive/*/backups/*/; cp -p backup.json /tmp/backup.json
        python3 - <<'EOF'
import datetime, json
record = json.load(open('backup.json'))
for field in ('startedAt', 'stoppedAt'):
    at = datetime.datetime.fromisoformat(record[field].replace('Z', '+00:00')) - datetime.timedelta(days=2)
    record[field] = at.isoformat().replace('+00:00', 'Z')
json.dump(record, open('backup.json', 'w'))
EOF`,
      )
    },
    heals: async ({run}) => {
      await run('archive', 'cd /archive/*/backups/*/; cp -p /tmp/backup.json backup.json')
    },
  },
  {
    what: 'a byte of a backup is changed, and it is verified',
    alerts: ['HlBackupDamaged', 'HlVerifyFailed'],
    also: {HlBackupMissing: 'a damaged backup is none'},
    breaks: async ({lab, run}) => {
      await run(
        'archive',
        `file=$(ls -S /archive/*/backups/*/data/base/*/* | head -n 1); echo "$file" >/tmp/damaged; cp -p "$file" /tmp/whole
        printf '\\377\\376' | dd of="$file" bs=1 seek=4242 conv=notrunc status=none`,
      )
      await lab.hl('backups', 'schedule', '--verify-every', '1s', '--once')
    },
    heals: async ({lab, run}) => {
      await run('archive', 'cp -p /tmp/whole "$(cat /tmp/damaged)"')
      await lab.hl('backups', 'schedule', '--verify-every', '1s', '--once')
    },
  },
  {
    what: 'a backup of the schedule fails',
    alerts: ['HlBackupFailed'],
    breaks: async ({lab, run}) => {
      await run('archive', 'chmod u-w /archive/*/backups')
      await lab.hl('backups', 'schedule', '--full-every', '1s', '--once')
    },
    heals: async ({run}) => {
      await run('archive', 'chmod u+w /archive/*/backups')
    },
  },
]

export const archiveCases: readonly AlertCase[] = [
  {
    what: 'the archive is stopped',
    alerts: ['HlScrapeSourceDown', 'HlArchiveUnknown'],
    also: {HlArchiverFailing: withoutArchive.HlArchiverFailing},
    breaks: async ({container}) => container('stop', 'archive'),
    heals: async ({container}) => container('start', 'archive'),
  },
  {
    what: 'the archive refuses what it is given',
    alerts: ['HlArchiverFailing', 'HlArchiveLag'],
    withinMs: 420_000,
    breaks: async world => {
      await world.run('archive', refusing)
      await switchWal(world, 1)
    },
    heals: async ({run}) => {
      await run('archive', refusing.replace('u-w', 'u+w'))
    },
  },
  {
    what: 'a segment of the archive is gone',
    alerts: ['HlArchiveGap'],
    breaks: async world => {
      await switchWal(world, 4)
      await world.run(
        'archive',
        `cd /archive/*/wal; until [ "$(ls | grep -cE '^[0-9A-F]{24}$')" -ge 4 ]; do sleep 0.2; done
        name=$(ls | grep -E '^[0-9A-F]{24}$' | sort | tail -n 3 | head -n 1); echo "$name" >/tmp/gone; mv "$name" ".held-$name"`,
      )
    },
    heals: async ({run}) => {
      await run('archive', 'cd /archive/*/wal; name=$(cat /tmp/gone); mv ".held-$name" "$name"')
    },
  },
]
