-- The read model of the toy service: every note it has heard, with the position at which it heard it.
CREATE TABLE read.note (
    council text NOT NULL,
    position bigint NOT NULL,
    subject text NOT NULL,
    number integer NOT NULL,
    PRIMARY KEY (council, position)
);
