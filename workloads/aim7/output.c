// SPDX-License-Identifier: GPL-2.0-or-later
#include "aim7/output.h"

#include <inttypes.h>
#include <stdio.h>

void print_head(enum output_form form) {
  switch (form) {
    case OUTPUT_TABLE:
      puts(
          "    Num    Parent     Child     Child      Jobs per   Jobs/min/   Std_dev   Std_dev   "
          "JTI");
      puts(" Forked      Time   SysTime     UTime        Minute       Child      Time   Percent");
      break;
    case OUTPUT_CSV:
      puts("Forks,JPM,JPM_C,JPS_C,parent_tm,childU_tm,childS_tm,std_dev,JTI,max_c,min_c");
      break;
    case OUTPUT_CLASSIC:
      puts("  Tasks      Jobs/Min  JTI      Real       CPU  Jobs/sec/task");
      break;
  }
}

void print_point(enum output_form form, const struct load_figures* f) {
  switch (form) {
    case OUTPUT_TABLE:
      printf("%7" PRIu64 " %9.2f %9.2f %9.2f %13.2f %11.2f %9.2f %9.2f %5d\n", f->users,
             f->real_seconds, f->system_seconds, f->user_seconds, f->jobs_per_minute,
             f->jobs_per_minute_user, f->std_dev, f->std_dev_percent, f->jti);
      break;
    case OUTPUT_CSV:
      printf("%" PRIu64 ",%.2f,%.2f,%.4f,%.2f,%.2f,%.2f,%.2f,%d,%.2f,%.2f\n", f->users,
             f->jobs_per_minute, f->jobs_per_minute_user, f->jobs_per_second_user, f->real_seconds,
             f->user_seconds, f->system_seconds, f->std_dev, f->jti, f->longest_seconds,
             f->shortest_seconds);
      break;
    case OUTPUT_CLASSIC:
      printf("%7" PRIu64 " %13.1f %4d %9.1f %9.1f %14.4f\n", f->users, f->jobs_per_minute, f->jti,
             f->real_seconds, f->user_seconds + f->system_seconds, f->jobs_per_second_user);
      break;
  }
  fflush(stdout);  // a load point that is never reached must not take those before it along
}
