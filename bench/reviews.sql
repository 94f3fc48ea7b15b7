-- The read model of the service that the bench measures with: every review, by the position that tells of it.
CREATE TABLE read.review (
    council text NOT NULL,
    position bigint NOT NULL,
    application text NOT NULL,
    weekly_pence bigint NOT NULL,
    outcome text NOT NULL,
    PRIMARY KEY (council, position)
);
