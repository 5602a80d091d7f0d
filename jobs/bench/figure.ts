/** One line of `npm run bench`. */
export type Figure = { name: string; value: number; unit: string; target: string };
