-- Rows of chunks have another form: series are compressed together.

DELETE FROM chunks;
DELETE FROM chunk_times;
