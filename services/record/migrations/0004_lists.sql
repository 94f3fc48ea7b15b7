-- The order in which complaints are listed, and what they are most often narrowed by.

create index complaint_listed on read.complaint (council, due_on, complaint);
create index complaint_application on read.complaint (council, application);
