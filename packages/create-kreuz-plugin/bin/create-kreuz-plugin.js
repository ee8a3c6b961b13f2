#!/usr/bin/env node
import process from "node:process";
import { main } from "../dist/index.js";

const { stdin, stdout, stderr } = process;
process.exitCode = await main(process.argv.slice(2), { cwd: process.cwd(), stdin, stdout, stderr });
