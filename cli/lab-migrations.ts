// Which migrations are meant: those of a folder, or those that hl brings (src/sharding/app-migrations.ts).
import * as Flags from '@oclif/core/flags'

export const folderFlag = {
  folder: Flags.string({
    description:
      'the folder with the migrations, 0001_what_it_does.sql (default: those of the back office that hl brings)',
    helpValue: '<dir>',
  }),
}
