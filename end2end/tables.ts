// Tables of any length: only the rows in sight are in the page.
import type { Locator, Page } from "@playwright/test";

/** The row of a table that is called so. */
export const tableRow = (page: Page, name: string) =>
  page.getByRole("row").filter({ has: page.getByRole("rowheader", { name }).getByText(name, { exact: true }) });

/** What the rows of a table are called, in their order. */
export const names = (table: Locator): Promise<string[]> =>
  table.getByRole("rowheader").evaluateAll((cells) => cells.map((cell) => cell.querySelector("a, span")!.textContent!));
