// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright the tcpsession authors
// server.js DIRECTORY: speaks CouchDB's protocol on a free port of the loopback
// interface, which it prints; its databases are in DIRECTORY.
'use strict';
const express = require('express');
const PouchDB = require('pouchdb-node');

const dir = process.argv[2];
const couch = require('express-pouchdb')(
    PouchDB.defaults({ prefix: dir + '/' }), {
        mode: 'minimumForPouchDB',
        inMemoryConfig: true,
        logPath: dir + '/log.txt',
    });
const server = express().use(couch).listen(0, '127.0.0.1', () => {
    console.log(server.address().port);
});
