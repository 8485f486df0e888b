// Measures ts-tracking-number over a file of numbers, one a line: rounds over all of them until SECONDS
// have passed. Prints what was measured as JSON. `trackway bench run detect` starts it.
'use strict';

const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');

const [modules, file, seconds] = process.argv.slice(2);
const { getTracking } = createRequire(`${modules}/`)('ts-tracking-number');
const numbers = readFileSync(file, 'utf8').split('\n').filter((line) => line !== '');

let asked = 0;
let found = 0;
const began = process.hrtime.bigint();
const passed = () => Number(process.hrtime.bigint() - began) / 1e9;
do {
  for (const number of numbers) {
    if (getTracking(number)) found += 1;
  }
  asked += numbers.length;
} while (passed() < Number(seconds));
console.log(JSON.stringify({ asked, found, seconds: passed() }));
