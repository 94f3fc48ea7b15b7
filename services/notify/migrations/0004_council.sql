-- The council's name, its forums and the level of its guard are read from the settings that every service keeps alike.

drop table read.council;
