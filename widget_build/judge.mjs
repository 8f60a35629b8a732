// What was built, weighed against its budgets.

/** Each budget beside what was used. Of a build of `all`, one that weighs nothing is bad too: its files have other names now. */
export function judge(budgets, manifest, all) {
  const sum = (rows, key) => rows.reduce((total, row) => total + (row[key] ?? row.size), 0);
  return budgets.flatMap(({ name, files: pattern, br }) => {
    const hits = Object.entries(manifest).filter(([file]) => new RegExp(pattern).test(file)).map(([, row]) => row);
    if (!hits.length && !all) return [];
    const used = sum(hits, "br");
    const verdict = !hits.length ? "NONE" : used > br ? "OVER" : "ok";
    const line = `${verdict.padEnd(4)} ${name.padEnd(27)} raw ${sum(hits, "size")}  gz ${sum(hits, "gz")}  br ${used} of ${br}`;
    return [{ verdict, line }];
  });
}
